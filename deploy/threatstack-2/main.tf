# threatstack-2, booted by tsboot (profile threatstack-2)

variable "cluster" {
  description = "The cluster on whose instances the agent runs."
  type = string
  default = "default"
}

resource "aws_cloudwatch_log_group" "threatstack_2" {
  name = "/ecs/threatstack-2"
  retention_in_days = 30
}

resource "aws_iam_role" "threatstack_2_task" {
  name = "threatstack-2-task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "threatstack_2_task" {
  name = "parameters"
  role = aws_iam_role.threatstack_2_task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "ReadPaths"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = ["arn:aws:ssm:REGION:ACCOUNT:parameter/threatstack-2/prod"]
      }
    ]
  })
}

resource "aws_iam_role" "threatstack_2_execution" {
  name = "threatstack-2-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "threatstack_2_execution" {
  name = "execution"
  role = aws_iam_role.threatstack_2_execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "WriteLog"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/threatstack-2:*"]
      },
      {
        Sid = "PullImage"
        Effect = "Allow"
        Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = ["arn:aws:ecr:REGION:ACCOUNT:repository/threatstack-2"]
      },
      {
        Sid = "LogInToRegistry"
        Effect = "Allow"
        Action = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      }
    ]
  })
}

resource "aws_ecs_task_definition" "threatstack_2" {
  family = "threatstack-2"
  requires_compatibilities = ["EC2"]
  pid_mode = "host"
  network_mode = "host"
  task_role_arn = aws_iam_role.threatstack_2_task.arn
  execution_role_arn = aws_iam_role.threatstack_2_execution.arn
  container_definitions = jsonencode([
    {
      name = "threatstack-2"
      image = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/threatstack-2:1"
      essential = true
      memoryReservation = 512
      readonlyRootFilesystem = false
      command = ["--profile", "threatstack-2", "--ssm-path", "/threatstack-2/prod"]
      mountPoints = [
        {
          sourceVolume = "system"
          containerPath = "/threatstackfs"
          readOnly = true
        },
        {
          sourceVolume = "docker"
          containerPath = "/var/run/docker.sock"
          readOnly = true
        }
      ]
      linuxParameters = {
        capabilities = {
          add = ["AUDIT_CONTROL", "NET_ADMIN", "SYS_ADMIN"]
          drop = ["ALL"]
        }
      }
      stopTimeout = 30
      healthCheck = {
        command = ["CMD", "/tsboot", "health"]
        interval = 30
        timeout = 10
        retries = 3
        startPeriod = 300
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group" = aws_cloudwatch_log_group.threatstack_2.name
          "awslogs-region" = "REGION"
          "awslogs-stream-prefix" = "threatstack-2"
        }
      }
    }
  ])

  volume {
    name = "system"
    host_path = "/"
  }

  volume {
    name = "docker"
    host_path = "/var/run/docker.sock"
  }
}

resource "aws_ecs_service" "threatstack_2" {
  name = "threatstack-2"
  cluster = var.cluster
  scheduling_strategy = "DAEMON"
  task_definition = aws_ecs_task_definition.threatstack_2.arn
  depends_on = [aws_iam_role_policy.threatstack_2_task, aws_iam_role_policy.threatstack_2_execution]
}
